"""Which of the queues of jobs has a worker of its own."""

# Short jobs that must not wait behind long ones: ends of sales have a minute (faults.md 17). The
# store's default process group has a worker that does nothing else (`config.serve`).
URGENT = "urgent"
