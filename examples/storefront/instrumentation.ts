export function register() {
  // Read by /api/checksum: proves that Next called this before the first request.
  ;(globalThis as { startedRuntime?: string }).startedRuntime = process.env.NEXT_RUNTIME
}
