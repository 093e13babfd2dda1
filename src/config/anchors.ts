/** What the aliases of a document stand for, found in one pass: asking the parser for each costs a pass of its own. */

import { isAlias, visit, type Alias, type Document, type Node } from 'yaml'

/** An alias stands for the last anchor of its name before it (YAML 1.2.2 §7.1); for nothing where there is none. */
export function targetsOf(document: Document): ReadonlyMap<Alias, Node | undefined> {
  const newest = new Map<string, Node>()
  const targets = new Map<Alias, Node | undefined>()
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) targets.set(node, newest.get(node.source))
      else if (node.anchor !== undefined) newest.set(node.anchor, node)
    },
  })
  return targets
}
