'use client'

export default function BrokenError({ reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return <main><h1>Something fell down</h1><button onClick={reset}>Again</button></main>
}
