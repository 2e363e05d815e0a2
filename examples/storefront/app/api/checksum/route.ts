import { createHash } from 'node:crypto'
import { connection } from 'next/server'

export async function GET() {
  await connection()
  return Response.json({
    started: (globalThis as { startedRuntime?: string }).startedRuntime ?? null,
    sha256: createHash('sha256').update('storefront').digest('hex'),
  })
}
