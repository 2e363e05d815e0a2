'use server'

import { cookies } from 'next/headers'
import { redirect } from 'next/navigation'

export async function addToCart(form: FormData) {
  const id = String(form.get('id') ?? '')
  const jar = await cookies()
  const items = (jar.get('cart')?.value ?? '').split(',').filter(Boolean)
  jar.set('cart', [...items, id].join(','))
  redirect('/cart?added=' + encodeURIComponent(id))
}
