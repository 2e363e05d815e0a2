export default function LegacyStatic() {
  return <main><h1>No data at all</h1></main>
}
