"""The figures of calls that charts and funnels show: rates of errors, scores, critical errors, the process share."""
