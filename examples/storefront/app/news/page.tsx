export const revalidate = 60

/** Remade at most once a minute. */
export default function News() {
  return (
    <main>
      <h1>News</h1>
      <p data-made={Date.now()}>All lamps are lit.</p>
    </main>
  )
}
