import { cookies } from 'next/headers'
import { addToCart } from './actions'

export default async function Cart() {
  const cart = (await cookies()).get('cart')?.value ?? ''
  return (
    <main>
      <h1>Cart</h1>
      <p id="cart">{cart || 'empty'}</p>
      <form action={addToCart}>
        <input name="id" defaultValue="lamp" />
        <button>Add</button>
      </form>
    </main>
  )
}
