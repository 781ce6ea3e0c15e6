// Imported first by the mains that a supervisor starts: such a process ends with its supervisor, even if that one was
// killed. (Not preloaded by `--import`: Temporal's workflow thread inherits that, and can't load TypeScript.)
// It asks nothing of the process it guards but a SIGTERM handler that stops gracefully.

// The database may be gone by now too, and then a graceful stop waits for ever.
const PATIENCE_MS = 8_000;

process.once('disconnect', () => {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), PATIENCE_MS).unref();
});
// The listener alone would keep the process alive after its work is done.
process.channel?.unref();
