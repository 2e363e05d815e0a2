// The session is the API's bearer token in a cookie that scripts cannot read. This app alone issues tokens.
import { cookies } from 'next/headers'
import { importJWK, jwtVerify, SignJWT, type JWK } from 'jose'

export type User = { id: string; email: string }

const COOKIE = 'session'
const HOURS = 8

const secret = (name: string) => {
  const value = process.env[name]
  return value ? new TextEncoder().encode(value) : null
}

/** The key to sign with: the stack's private key where it has one (auth.mode jwks), else the shared secret. */
async function signingKey() {
  const text = process.env.JWT_PRIVATE_KEY
  if (text) {
    const jwk = JSON.parse(text) as JWK
    return { key: await importJWK(jwk), alg: String(jwk.alg), kid: jwk.kid }
  }
  const key = secret('NEXTAUTH_SECRET')
  if (!key) throw new Error('NEXTAUTH_SECRET is not set')
  return { key, alg: 'HS256', kid: undefined }
}

async function issue(user: User): Promise<string> {
  const { key, alg, kid } = await signingKey()
  const token = new SignJWT({ email: user.email }).setProtectedHeader({ alg, typ: 'JWT', ...(kid && { kid }) })
  if (process.env.JWT_ISSUER) token.setIssuer(process.env.JWT_ISSUER)
  if (process.env.JWT_AUDIENCE) token.setAudience(process.env.JWT_AUDIENCE)
  return token.setSubject(user.id).setIssuedAt().setExpirationTime(`${HOURS}h`).sign(key)
}

export async function startSession(user: User): Promise<void> {
  const secure = (process.env.NEXTAUTH_URL ?? '').startsWith('https:')
  const options = { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge: HOURS * 3600 } as const
  ;(await cookies()).set(COOKIE, await issue(user), options)
}

export async function endSession(): Promise<void> {
  ;(await cookies()).delete(COOKIE)
}

/** Who is signed in, with the token for the API. In a rotation's overlap the former secret counts too. */
export async function session(): Promise<(User & { token: string }) | null> {
  const token = (await cookies()).get(COOKIE)?.value
  if (!token) return null
  for (const key of await verifyingKeys()) {
    try {
      const { payload } = await jwtVerify(token, key)
      return { id: String(payload.sub), email: String(payload.email), token }
    } catch {
      continue
    }
  }
  return null
}

async function verifyingKeys() {
  const text = process.env.JWT_PRIVATE_KEY
  if (text) {
    const { d, p, q, dp, dq, qi, ...open } = JSON.parse(text)
    return [await importJWK(open)]
  }
  const until = process.env.NEXTAUTH_SECRET_PREVIOUS_UNTIL
  const former = until && Date.now() < Date.parse(until) ? secret('NEXTAUTH_SECRET_PREVIOUS') : null
  return [secret('NEXTAUTH_SECRET'), former].filter((key) => key !== null)
}
