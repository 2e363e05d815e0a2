import { draftMode } from 'next/headers'
import { redirect } from 'next/navigation'

export async function GET(request: Request) {
  const draft = await draftMode()
  if (new URL(request.url).searchParams.get('off')) draft.disable()
  else draft.enable()
  redirect('/stock')
}
