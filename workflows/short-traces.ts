// Runs once a thread, before its first workflow; later `Error` is frozen. The SDK takes a stack trace for each promise that
// a workflow makes, for the Web UI's Call Stack, and with the usual ten frames that was a quarter of all that a booking's
// history takes to replay. One frame still says where an error was thrown; what a workflow waits for stands in its details.
Error.stackTraceLimit = 1;
