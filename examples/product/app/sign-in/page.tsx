import { session } from '@/lib/session'
import { signOut } from './actions'
import { Enter } from './form'

export default async function SignIn() {
  const user = await session()
  if (user) {
    return (
      <form action={signOut} id="sign-out">
        <p>
          Signed in as <strong>{user.email}</strong>.
        </p>
        <button>Sign out</button>
      </form>
    )
  }
  return (
    <>
      <h1>Account</h1>
      <Enter kind="in" />
      <Enter kind="up" />
    </>
  )
}
