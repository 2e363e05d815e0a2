import { headers } from 'next/headers'

export default async function Account() {
  return (
    <main>
      <h1>Account</h1>
      <p id="visitor">{(await headers()).get('x-visitor')}</p>
      <p id="session">{process.env.STOREFRONT_SESSION_SECRET ? 'sessions on' : 'sessions off'}</p>
    </main>
  )
}
