// The API as this app's server reaches it: by its name inside the containers' network.
export type Variant = { url: string; width: number; height: number; format: string }
export type Image = { id: string; title: string; width: number; height: number; variants: Variant[]; createdAt: string }
export type Upload = { id: string; upload: { url: string; method: string; headers: Record<string, string> } }
export type Failure = { error: { code: string; message: string; field?: string } }

type Options = { method?: string; body?: unknown; token?: string; next?: NextFetchRequestConfig }

/** The answer's status and JSON; a failure of the network is an exception. */
export async function api<T>(path: string, options: Options = {}): Promise<{ status: number; data: T | Failure }> {
  const base = process.env.API_INTERNAL_URL
  if (!base) throw new Error('API_INTERNAL_URL is not set')
  const answer = await fetch(`${base}/api${path}`, {
    method: options.method ?? 'GET',
    headers: {
      ...(options.body !== undefined && { 'Content-Type': 'application/json' }),
      ...(options.token && { Authorization: `Bearer ${options.token}` }),
    },
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
    next: options.next,
    ...(options.next ? {} : { cache: 'no-store' as const }),
  })
  return { status: answer.status, data: await answer.json() }
}

export const failed = (data: unknown): data is Failure => typeof data === 'object' && data !== null && 'error' in data
