import { draftMode } from 'next/headers'
import { countStock } from '@/lib/stock'
import { recount } from './actions'

export default async function Stock() {
  const { product, left } = await countStock('lamp')
  const { isEnabled } = await draftMode()
  return (
    <main>
      <h1>Stock</h1>
      <p>{product}: {left}</p>
      <p id="draft">{isEnabled ? 'draft' : 'published'}</p>
      <form action={recount}><button>Count again</button></form>
    </main>
  )
}
