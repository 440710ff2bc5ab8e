"""Pages: notebooks run and compared, and what the report, a survey and a shop's orders look like as HTML."""
