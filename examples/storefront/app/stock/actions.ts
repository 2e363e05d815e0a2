'use server'

import { updateTag } from 'next/cache'

export async function recount() {
  updateTag('stock')
}
