import { Heart } from './heart'

export default function Wishlist() {
  return <main><h1>Wishlist</h1><Heart /></main>
}
