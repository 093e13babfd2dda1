/** The few pictures there are, drawn with the colour of the text around them. */

const PATHS = {
  wake: 'M5 3.2v9.6L12.6 8z',
  pause: 'M4.5 3.5h2.2v9H4.5zM9.3 3.5h2.2v9H9.3z',
  stop: 'M4 4h8v8H4z',
  warm: 'M8 1.6c.4 2.5 3.9 3.9 3.9 7.5a3.9 3.9 0 0 1-7.8 0c0-1.6.8-2.7 1.6-3.4.1 1.2.7 1.8 1.2 1.9C6.7 5.3 7 3.2 8 1.600z',
  close: 'm4 4 8 8m0-8-8 8',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zm3.3 7.8 3.2 3.2',
  auto: 'M8 2.500a5.5 5.5 0 1 0 0 11zM8 2.500a5.5 5.5 0 0 1 0 11',
  light:
    'M8 5.300a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.400zM8 1.500v1.300m0 10.400v1.300M1.5 8h1.300m10.4 0h1.300M3.4 3.400l.9.9m7.4 7.4.9.900m0-9.2-.9.9m-7.4 7.4-.9.9',
  dark: 'M13 9.600A5.5 5.5 0 0 1 6.4 3 5.5 5.5 0 1 0 13 9.600z',
  key: 'M10.2 2.500a3.3 3.3 0 0 0-3.1 4.400L2.5 11.500v2h2.300v-1.600h1.600v-1.600l1-.9a3.3 3.3 0 1 0 2.8-6.900zm1 2.300h.01',
} as const

export type IconName = keyof typeof PATHS

const FILLED: ReadonlySet<IconName> = new Set(['wake', 'pause', 'stop'])

export function Icon({ name }: { name: IconName }) {
  const paint = FILLED.has(name)
    ? { fill: 'currentColor' }
    : {
        fill: 'none',
        stroke: 'currentColor',
        'stroke-width': '1.4',
        'stroke-linecap': 'round' as const,
      }
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" {...paint}>
      <path d={PATHS[name]} stroke-linejoin="round" />
    </svg>
  )
}
