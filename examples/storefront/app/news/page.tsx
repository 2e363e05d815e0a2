export const revalidate = 60

/** Remade at most once a minute. A clock read at build would give every build other bytes. */
export default function News() {
  const made = process.env.NEXT_PHASE === 'phase-production-build' ? 'at build' : new Date().toISOString()
  return (
    <main>
      <h1>News</h1>
      <p data-made={made}>All lamps are lit.</p>
    </main>
  )
}
