/** The configuration that is meant when none is named. */
export const CONFIG_FILE = 'gateway.yaml'
