/** Asks for the token: in a dialog where only orders need it, as the page itself where everything does. */

import { useEffect, useRef, useState } from 'preact/hooks'
import { isToken } from './api.ts'
import { restart } from './model.ts'
import { useValue } from './observable.ts'
import { say, signingIn } from './orders.ts'
import { session } from './session.ts'

export function SignInDialog() {
  const asked = useValue(signingIn)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (asked) dialog.current?.showModal()
    else dialog.current?.close()
  }, [asked])
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="sign-in"
      onClose={() => signingIn.set(undefined)}
    >
      {asked && (
        <SignInForm
          signedIn={() => {
            signingIn.set(undefined)
            asked.next?.()
          }}
          cancel={() => signingIn.set(undefined)}
        />
      )}
    </dialog>
  )
}

/** The gateway tells nothing without the token. */
export function SignInPage() {
  return (
    <main class="locked">
      <SignInForm signedIn={() => undefined} />
    </main>
  )
}

function SignInForm({ signedIn, cancel }: { signedIn: () => void; cancel?: () => void }) {
  const [isWrong, setWrong] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    const token = input.current?.value.trim() ?? ''
    if (token === '' || !(await isToken(token).catch(() => false))) {
      setWrong(true)
      return input.current?.select()
    }
    session.signIn(token)
    restart()
    say('Signed in')
    signedIn()
  }
  return (
    <form class="sign-in" onSubmit={(event) => void submit(event)}>
      <h2 id="sign-in">Sign in</h2>
      <p class="soft">
        Orders and what functions print need the token of this gateway. It is in the file{' '}
        <code>token</code> of its state directory.
      </p>
      <label for="token">Token</label>
      <input
        id="token"
        ref={input}
        type="password"
        autocomplete="current-password"
        spellcheck={false}
        autofocus
        aria-invalid={isWrong}
        aria-describedby="token-wrong"
      />
      <p id="token-wrong" class="wrong" role="alert">
        {isWrong ? 'This is not the token of this gateway.' : ''}
      </p>
      <div class="form-buttons">
        {cancel && (
          <button type="button" class="button" onClick={cancel}>
            Cancel
          </button>
        )}
        <button type="submit" class="button primary">
          Sign in
        </button>
      </div>
      <p class="soft small">It stays in this tab and is forgotten with it.</p>
    </form>
  )
}
