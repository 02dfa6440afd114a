import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { list } from 'isbot'
import { load } from 'js-yaml'
import { literalOf, parse, Unconvertible, withoutBoundsForBacktracking, withoutLookarounds, wordsOf } from './regex.js'

const rarity = (word) => word.length - 2

test('words are those that every match contains one of', () => {
  for (const [because, source, words] of [
    ['a literal', 'googlebot', ['googlebot']],
    ['case does not matter', 'GoogleBot', ['googlebot']],
    ['alternatives', '(Chrome|Chromium)/(\\d+)', ['chrome/', 'chromium/']],
    ['the best of several in a row', 'bot.*applebot', ['applebot']],
    ['small classes are letters', '[sS]e[mM]rush', ['semrush']],
    ['large classes are none', 'abc[a-z]defg', ['defg']],
    ['what may be missing is not needed', 'Chrome(?:/\\d+)?', ['chrome']],
    ['what must be there once or more', '(?:spider)+', ['spider']],
    ['a word boundary is no letter', '\\bcrawl\\b', ['crawl']],
    ['every branch needs one', 'abcd|\\d+', null],
    ['a form has none', '^\\w+/\\d$', null],
    ['lookarounds are not part of the text', '(?<!cam)scanner(?!s)', ['scanner']],
  ]) {
    assert.deepEqual(wordsOf(source, rarity), words, because)
  }
})

test('literals are recognised', () => {
  assert.equal(literalOf('Googlebot\\/'), 'Googlebot/')
  assert.equal(literalOf('mail\\.ru'), 'mail.ru')
  assert.equal(literalOf('^curl'), null)
  assert.equal(literalOf('rss\\b'), null)
  assert.equal(literalOf('bot|spider'), null)
  assert.equal(literalOf('(bot)'), null)
  assert.equal(literalOf('colou?r'), null)
})

test('groups are counted', () => {
  assert.equal(parse('(a)(?:b)(c(d))').groups, 3)
})

test('lookarounds around literal text at the ends are rewritten to the same meaning', () => {
  // Texts made of the pieces the patterns are about, in every order of three.
  const pieces = ['', ' ', 'a', 'm', 'cam', 'am', 'lib', ' cu', 'cu', 'bot', 'bots', 'scan', 'http', 'java', ';', 'news', 'g',
    'sapphire', 'sapp', 'google', 'google/', ' channel/', 'wv', 'app', '/google', ' pixel', ' pix', '/']
  const texts = pieces.flatMap((a) => pieces.flatMap((b) => pieces.map((c) => a + b + c)))
  const looking = list.filter((pattern) => /\(\?<?[!=]/.test(pattern))
  assert.ok(looking.length >= 5)
  for (const pattern of looking) {
    const before = new RegExp(pattern, 'i')
    const after = new RegExp(withoutLookarounds(pattern), 'i')
    assert.doesNotMatch(after.source, /\(\?<?[!=]/)
    for (const text of texts) assert.equal(after.test(text), before.test(text), `${pattern} on "${text}"`)
  }
})

test('what cannot be said to RE2 is refused', () => {
  for (const source of ['(?=a)b', 'a(?!b)c', '(a(?!b))', '(?<!\\d)a', '(a)\\1', '\\u0041', 'a{1,2000}', '(?<name>a)', '(a', 'a)', '[a']) {
    assert.throws(() => withoutLookarounds(source), Unconvertible, source)
  }
})

test('bounds against backtracking become none, others stay', () => {
  assert.equal(withoutBoundsForBacktracking('a.{0,200}b.{1,100}c.{0,30}d\\w{0,200}'), 'a.*b.+c.{0,30}d\\w{0,200}')
})

test('the words of a rule are in whatever it matches', () => {
  const root = new URL('../../node_modules/', import.meta.url)
  const read = (path) => readFileSync(new URL(path, root), 'utf8')
  const uap = load(read('uap-core/regexes.yaml'))
  const crawlers = JSON.parse(read('crawler-user-agents/crawler-user-agents.json'))
  const sources = [...uap.user_agent_parsers, ...uap.os_parsers].map((rule) => rule.regex).concat(list)
  const texts = crawlers.flatMap((crawler) => crawler.instances).filter((_, i) => i % 7 === 0)
  let matches = 0
  for (const source of sources) {
    const words = wordsOf(source, rarity)
    if (!words) continue
    const expression = new RegExp(source, list.includes(source) ? 'i' : '')
    for (const text of texts.filter((one) => expression.test(one))) {
      matches++
      assert.ok(words.some((word) => text.toLowerCase().includes(word)), `${source} on "${text}"`)
    }
  }
  assert.ok(matches > 300)
})
