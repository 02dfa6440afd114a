// Reads the regular expressions of other people's lists: what they need before they can match, and how to say the
// same to RE2.
//
// Understood is what those lists use: literals, classes, groups, alternatives, repetitions, ^ $ \b, and lookarounds
// around literal text at either end. Anything else is refused, so that a new list cannot be misread in silence.

export class Unconvertible extends Error {}

// Sets of alternatives larger than this stay regular expressions: the words of a rule must be few to be of use.
const exactWordsMax = 16
// A class of more letters than this says nothing about the text.
const classLettersMax = 4

const escapedLiterals = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v' }
const escapedClasses = 'dDwWsS'

// Nodes: {kind: 'empty'} | {kind: 'letters', letters} (one character out of these; null: of too many)
//        | {kind: 'all' | 'any', nodes} | {kind: 'repeat', node, min, max}
//        | {kind: 'look', ahead, negative, node, start, end}
export function parse(source) {
  let at = 0
  let groups = 0
  const rest = () => source.slice(at)
  const refuse = (what) => {
    throw new Unconvertible(`${what} at ${at} in ${source}`)
  }

  function alternatives() {
    const nodes = [sequence()]
    while (source[at] === '|') {
      at++
      nodes.push(sequence())
    }
    return nodes.length === 1 ? nodes[0] : { kind: 'any', nodes }
  }

  function sequence() {
    const nodes = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') nodes.push(repetition())
    return { kind: 'all', nodes }
  }

  function repetition() {
    let node = atom()
    for (;;) {
      const counted = /^(?:\*|\+|\?|\{(\d+)(,?)(\d*)\})\??/.exec(rest())
      if (!counted) return node
      if (node.kind === 'look') refuse('a repeated lookaround')
      const [text, low, comma, high] = counted
      const min = low !== undefined ? Number(low) : text[0] === '+' ? 1 : 0
      const max = low !== undefined ? (comma ? (high ? Number(high) : Infinity) : min) : text[0] === '?' ? 1 : Infinity
      if (Math.max(min, max === Infinity ? 0 : max) > 1000) refuse('a count that RE2 refuses')
      at += text.length
      node = { kind: 'repeat', node, min, max }
    }
  }

  function atom() {
    const start = at
    const c = source[at]
    if (c === '(') {
      const open = /^\((?:\?(?::|<?[=!]))?/.exec(rest())[0]
      if (open === '(' && source[at + 1] === '?') refuse('an unknown group')
      at += open.length
      if (open === '(') groups++
      const node = alternatives()
      if (source[at] !== ')') refuse('a missing )')
      at++
      if (open === '(' || open === '(?:') return node
      return { kind: 'look', ahead: !open.includes('<'), negative: open.endsWith('!'), node, start, end: at }
    }
    at++
    if (c === '[') return letterClass()
    if (c === '.') return { kind: 'letters', letters: null }
    if (c === '^' || c === '$') return { kind: 'empty' }
    if (c === '*' || c === '+' || c === '?') refuse('nothing to repeat')
    if (c === '\\') return escape()
    return { kind: 'letters', letters: [c] }
  }

  function escape() {
    const c = source[at++]
    if (c === undefined) refuse('a lone backslash')
    if (c === 'b') return { kind: 'empty' }
    if (escapedClasses.includes(c)) return { kind: 'letters', letters: null }
    if (c in escapedLiterals) return { kind: 'letters', letters: [escapedLiterals[c]] }
    if (/[A-Za-z0-9_]/.test(c)) refuse(`\\${c}`)
    return { kind: 'letters', letters: [c] }
  }

  function letterClass() {
    let letters = new Set()
    if (source[at] === '^') {
      letters = null
      at++
    }
    if (source[at] === ']') refuse('a class that begins with ]')
    while (source[at] !== ']') {
      if (at >= source.length) refuse('a missing ]')
      const low = source[at] === '\\' ? (at++, escapeInClass()) : source[at++]
      const isRange = source[at] === '-' && source[at + 1] !== ']' && low !== null
      if (isRange) {
        at++
        const high = source[at] === '\\' ? (at++, escapeInClass()) : source[at++]
        if (high === null) refuse('a range that ends in a class')
        for (let code = low.charCodeAt(0); letters && code <= high.charCodeAt(0); code++) letters.add(String.fromCharCode(code))
      } else if (low === null) {
        letters = null
      } else if (letters) {
        letters.add(low)
      }
    }
    at++
    return { kind: 'letters', letters: letters && [...letters] }
  }

  // The letter, or null for a class such as \d.
  function escapeInClass() {
    const c = source[at++]
    if (escapedClasses.includes(c)) return null
    if (c in escapedLiterals) return escapedLiterals[c]
    if (c === 'b') return '\b'
    if (/[A-Za-z0-9]/.test(c)) refuse(`\\${c} in a class`)
    return c
  }

  const node = alternatives()
  if (at < source.length) refuse('a stray )')
  return { node, groups }
}

// The one text this expression is, or null when it is more than a literal.
export function literalOf(source) {
  const { node } = parse(source)
  if (/[\^$]|\\b/.test(source.replace(/\\[^b]/g, '')) || node.kind !== 'all') return null
  if (!node.nodes.every((part) => part.kind === 'letters' && part.letters?.length === 1)) return null
  return node.nodes.map((part) => part.letters[0]).join('')
}

// Lower-case words of which every text that matches contains at least one, or null when there are none to speak of.
//   rarity  how telling a word is: the least telling of a set decides; 0 and below is of no use
export function wordsOf(source, rarity) {
  const worth = (words) => Math.min(...[...words].map(rarity))
  const better = (a, b) => {
    if (!a || !b) return a ?? b
    return worth(a) > worth(b) || (worth(a) === worth(b) && a.size < b.size) ? a : b
  }

  // exact: all texts the node can match, or null; needed: words of which one must be there, or null.
  function look(node) {
    switch (node.kind) {
      case 'empty':
      case 'look':
        return { exact: new Set(['']), needed: null }
      case 'letters': {
        const letters = node.letters && new Set(node.letters.map((c) => c.toLowerCase()))
        return { exact: letters && letters.size <= classLettersMax ? letters : null, needed: null }
      }
      case 'any': {
        const parts = node.nodes.map(look)
        const union = (sets) => new Set(sets.flatMap((set) => [...set]))
        const exact = parts.every((part) => part.exact) ? union(parts.map((part) => part.exact)) : null
        const needed = parts.map((part) => part.needed ?? part.exact)
        if (exact && exact.size <= exactWordsMax) return { exact, needed: null }
        return { exact: null, needed: needed.every((set) => set && !set.has('')) ? union(needed) : null }
      }
      case 'repeat': {
        const inner = look(node.node)
        if (node.min === 1 && node.max === 1) return inner
        if (node.min === 0) {
          const optional = node.max === 1 && inner.exact && inner.exact.size < exactWordsMax
          return { exact: optional ? new Set(['', ...inner.exact]) : null, needed: null }
        }
        const needed = inner.needed ?? inner.exact
        return { exact: null, needed: needed && !needed.has('') ? needed : null }
      }
      case 'all': {
        let needed = null
        let run = new Set([''])
        let whole = true
        const endRun = () => {
          if (!run.has('')) needed = better(needed, run)
          run = new Set([''])
        }
        for (const part of node.nodes.map(look)) {
          if (part.exact && part.exact.size * run.size <= exactWordsMax) {
            run = new Set([...run].flatMap((head) => [...part.exact].map((tail) => head + tail)))
            continue
          }
          whole = false
          endRun()
          if (part.exact) run = part.exact
          else needed = better(needed, part.needed)
        }
        if (whole) return { exact: run, needed: null }
        endRun()
        return { exact: null, needed }
      }
    }
  }

  const { exact, needed } = look(parse(source).node)
  const words = exact && !exact.has('') ? exact : needed
  return words && worth(words) > 0 ? [...words].sort() : null
}

// Bounds such as .{0,200} keep backtracking matchers from running away. RE2 is linear without them, and each costs it a
// program of some hundred states: .* means the same within the length of a user agent.
export function withoutBoundsForBacktracking(source) {
  return source.replace(/\.\{([01]),[1-9]\d\d\}/g, (_, least) => (least === '0' ? '.*' : '.+'))
}

// Rewrites what RE2 lacks: a negative lookaround around literal texts at either end of the expression. "Not followed
// by com" becomes "then the end, or no c, or c and then the end or no o, …", which is the same for a yes or no answer.
export function withoutLookarounds(source) {
  const { node } = parse(source)
  const parts = node.kind === 'all' ? node.nodes : [node]
  const has = (one) => one.kind === 'look' || (one.nodes ?? (one.node ? [one.node] : [])).some(has)
  let converted = source
  // From the end, so that the places of earlier ones stay right.
  for (let i = parts.length - 1; i >= 0; i--) {
    const part = parts[i]
    if (part.kind !== 'look') {
      if (has(part)) throw new Unconvertible(`a lookaround inside a group in ${source}`)
      continue
    }
    if (!part.negative || i !== (part.ahead ? parts.length - 1 : 0)) {
      throw new Unconvertible(`a lookaround that is positive or not at an end in ${source}`)
    }
    converted = converted.slice(0, part.start) + contextOtherThan(textsOf(part.node, source), part.ahead) + converted.slice(part.end)
  }
  return converted
}

// All literal texts a lookaround holds.
function textsOf(node, source) {
  const product = (heads, tails) => heads.flatMap((head) => tails.map((tail) => head + tail))
  switch (node.kind) {
    case 'letters':
      if (!node.letters) break
      return node.letters
    case 'all':
      return node.nodes.map((part) => textsOf(part, source)).reduce(product, [''])
    case 'any':
      return node.nodes.flatMap((part) => textsOf(part, source))
  }
  throw new Unconvertible(`a lookaround around more than literal text in ${source}`)
}

const escapeText = (text) => text.replace(/[^A-Za-z0-9 ]/g, '\\$&')

function contextOtherThan(texts, ahead) {
  const edge = ahead ? '$' : '^'
  const join = (near, far) => (ahead ? near + far : far + near)
  // The context is read away from the expression, one letter at a time.
  const step = (rests) => {
    if (rests.includes('')) return null
    const letters = [...new Set(rests.map((rest) => rest[0]))]
    const others = letters.length ? `[^${letters.map(escapeText).join('')}]` : ''
    const ways = [edge, others]
    for (const letter of letters) {
      const deeper = step(rests.filter((rest) => rest[0] === letter).map((rest) => rest.slice(1)))
      if (deeper) ways.push(join(escapeText(letter), deeper))
    }
    return `(?:${ways.join('|')})`
  }
  return step(texts.map((text) => (ahead ? text : [...text].reverse().join(''))))
}
