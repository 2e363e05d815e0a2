import { type NextRequest, NextResponse } from 'next/server'
import { products } from '@/lib/products'

export function GET(request: NextRequest) {
  const query = request.nextUrl.searchParams.get('q') ?? ''
  return NextResponse.json(products.filter(({ name }) => name.toLowerCase().includes(query.toLowerCase())))
}

export async function POST(request: NextRequest) {
  return NextResponse.json({ received: await request.json() }, { status: 201, headers: { 'x-method': 'POST' } })
}

export async function PUT(request: Request) {
  return new Response(await request.text(), { headers: { 'content-type': 'text/plain; charset=utf-8' } })
}

export const DELETE = () => new Response(null, { status: 204 })
