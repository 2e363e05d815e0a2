'use client'

import { useActionState } from 'react'
import { signIn, signUp } from './actions'

export function Enter({ kind }: { kind: 'in' | 'up' }) {
  const [state, action, pending] = useActionState(kind === 'in' ? signIn : signUp, null)
  return (
    <form action={action} id={`sign-${kind}`}>
      <h2>{kind === 'in' ? 'Sign in' : 'New here'}</h2>
      <label>
        E-mail <input name="email" type="email" autoComplete="email" required />
      </label>
      <label>
        Password{' '}
        <input name="password" type="password" autoComplete={kind === 'in' ? 'current-password' : 'new-password'} required />
      </label>
      {state && <p className="problem">{state.problem}</p>}
      <button disabled={pending}>{kind === 'in' ? 'Sign in' : 'Make an account'}</button>
    </form>
  )
}
