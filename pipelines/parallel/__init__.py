"""Work in several processes, threads or clusters at the same time, each of which can be ended."""
