'use server'

import { redirect } from 'next/navigation'
import { api, failed } from '@/lib/api'
import { endSession, startSession, type User } from '@/lib/session'

type Problem = { problem: string } | null

async function enter(path: string, form: FormData): Promise<Problem> {
  const body = { email: String(form.get('email') ?? ''), password: String(form.get('password') ?? '') }
  const { data } = await api<{ user: User }>(path, { method: 'POST', body })
  if (failed(data)) return { problem: data.error.message }
  await startSession(data.user)
  redirect('/upload')
}

export const signIn = async (_: Problem, form: FormData) => enter('/auth/sign-in', form)

export const signUp = async (_: Problem, form: FormData) => enter('/auth/users', form)

export async function signOut(): Promise<void> {
  await endSession()
  redirect('/')
}
