import { NextResponse, type NextRequest } from 'next/server'

/** Lets the account pages know who asks, and closes the API to callers that say they are blocked. */
export function proxy(request: NextRequest) {
  if (request.nextUrl.pathname.startsWith('/api/') && request.headers.get('x-blocked') === '1') {
    return new NextResponse('blocked', { status: 403 })
  }
  if (request.nextUrl.pathname === '/account/hidden') {
    return NextResponse.rewrite(new URL('/about', request.url))
  }
  if (request.nextUrl.pathname === '/account/old') {
    return NextResponse.redirect(new URL('/account', request.url))
  }
  const headers = new Headers(request.headers)
  headers.set('x-visitor', request.cookies.get('visitor')?.value ?? 'guest')
  const response = NextResponse.next({ request: { headers } })
  response.headers.set('x-proxy', 'hit')
  return response
}

export const config = {
  matcher: ['/account/:path*', { source: '/api/:path*', missing: [{ type: 'header', key: 'x-internal' }] }],
}
