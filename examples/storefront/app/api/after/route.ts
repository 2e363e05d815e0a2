import { after } from 'next/server'

let finished = 0

/** Answers how often work after a response has ended; POST starts one. */
export function GET() {
  return Response.json({ finished })
}

export function POST() {
  after(() => {
    finished++
  })
  return Response.json({ accepted: true }, { status: 202 })
}
