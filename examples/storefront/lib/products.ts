export type Product = { id: string; name: string; cents: number; image: string }

export const products: Product[] = [
  { id: 'lamp', name: 'Desk lamp', cents: 4900, image: '/images/lamp.png' },
  { id: 'chair', name: 'Oak chair', cents: 12900, image: '/images/chair.png' },
  { id: 'clock', name: 'Wall clock', cents: 2500, image: '/images/clock.png' },
]

export const findProduct = (id: string) => products.find((product) => product.id === id)

export const price = (cents: number) =>
  new Intl.NumberFormat('en', { style: 'currency', currency: process.env.STOREFRONT_CURRENCY ?? 'EUR' }).format(cents / 100)
