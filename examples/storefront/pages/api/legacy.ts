import type { NextApiRequest, NextApiResponse } from 'next'

export default async function handler(req: NextApiRequest, res: NextApiResponse) {
  if (req.query.revalidate) await res.revalidate(String(req.query.revalidate))
  res.status(200).json({ method: req.method, body: req.body ?? null, q: req.query.q ?? null })
}
