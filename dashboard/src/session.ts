/**
 * The token of this tab. It is kept in the tab's own storage and sent as a header by this page alone, so that no other
 * page can make the browser send it along.
 */

const KEY = 'coldfront.token'

export const session = {
  get token(): string | undefined {
    return sessionStorage.getItem(KEY) ?? undefined
  },
  signIn(token: string): void {
    sessionStorage.setItem(KEY, token)
  },
  signOut(): void {
    sessionStorage.removeItem(KEY)
  },
}

/** What every request to the gateway carries. */
export const authorization = (token = session.token): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` }
