'use client'

import { useEffect, useState } from 'react'

/** Asked by the browser itself, at the API's public address. */
export function Count() {
  const [count, setCount] = useState<number | null>(null)
  useEffect(() => {
    const asked = new AbortController()
    fetch(`${process.env.NEXT_PUBLIC_API_BASE_URL}/images?limit=100`, { signal: asked.signal })
      .then((answer) => answer.json())
      .then((found: { images: unknown[] }) => setCount(found.images.length))
      .catch(() => setCount(null))
    return () => asked.abort()
  }, [])
  return <p id="count">{count === null ? '…' : `${count} newest`}</p>
}
