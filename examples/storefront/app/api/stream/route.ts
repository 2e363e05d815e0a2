/** Three lines with a pause between them: nobody on the way may collect them first. */
export function GET() {
  const encoder = new TextEncoder()
  const stream = new ReadableStream({
    async start(controller) {
      for (let line = 1; line <= 3; line++) {
        controller.enqueue(encoder.encode(`data: ${line}\n\n`))
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      controller.close()
    },
  })
  return new Response(stream, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } })
}
