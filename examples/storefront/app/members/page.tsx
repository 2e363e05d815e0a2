import { forbidden, unauthorized } from 'next/navigation'
import { cookies } from 'next/headers'

export default async function Members() {
  const member = (await cookies()).get('member')?.value
  if (!member) unauthorized()
  if (member === 'banned') forbidden()
  return <main><h1>Welcome, {member}</h1></main>
}
