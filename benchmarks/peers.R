# Rscript peers.R FOLDER SEED TOOL: one tool of R, once; prints JSON as tools.py does.
arguments <- commandArgs(TRUE)
set.seed(as.integer(arguments[2]) + 1)
people <- read.csv(file.path(arguments[1], "people.csv"))
items <- as.matrix(people[, names(people) != "age"])
z <- as.numeric(scale(people$age))
powers <- data.frame(z = z, z2 = z^2)
likelihood <- labels <- NULL
fit <- function() {
  suppressMessages(library(flexmix))
  how <- list(iter.max = 5000, tolerance = 1e-9, minprior = 0)
  by_age <- if (arguments[3] == "flexmix_curve") FLXPmultinom(~ z + z2) else FLXPconstant()
  stepFlexmix(items ~ 1, data = powers, model = FLXMCmvbinary(), concomitant = by_age, k = 5, nrep = 10,
              control = how, verbose = FALSE)
}
boot <- function() {
  suppressMessages(library(fpc))
  clusterboot(items, B = 50, clustermethod = kmeansCBI, krange = 5, runs = 10, count = FALSE)
}
work <- if (arguments[3] == "clusterboot") boot else fit
seconds <- sum(system.time(found <- work())[1:2])
if (arguments[3] != "clusterboot") {
  likelihood <- as.numeric(logLik(found))
  labels <- clusters(found)
}
peak <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
cat(sprintf('{"seconds": %.4f, "memory": %.1f', seconds, as.numeric(gsub("[^0-9]", "", peak)) / 1024))
if (!is.null(likelihood)) cat(sprintf(', "likelihood": %.8f, "labels": [%s]', likelihood, paste(labels, collapse = ",")))
cat("}\n")
