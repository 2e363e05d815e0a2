/** Every method, and a body of any size: answers what arrived. */
async function echo(request: Request) {
  const body = await request.arrayBuffer()
  return Response.json({ method: request.method, bytes: body.byteLength, type: request.headers.get('content-type') })
}

export { echo as GET, echo as POST, echo as PUT, echo as PATCH, echo as DELETE }

export const OPTIONS = () => new Response(null, { status: 204, headers: { allow: 'GET, POST, PUT, PATCH, DELETE', 'access-control-allow-origin': '*' } })
