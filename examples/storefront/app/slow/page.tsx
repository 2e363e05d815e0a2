import { connection } from 'next/server'

export default async function Slow() {
  await connection()
  await new Promise((resolve) => setTimeout(resolve, 100))
  return <main><h1>Arrived</h1></main>
}
