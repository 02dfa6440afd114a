// Turns the lists of uap-core, crawler-user-agents and isbot into the rules that the program carries.
//
//   node scripts/data/user_agents.js RULES_OUT
//
// One rule a line, fields separated by tabs:
//
//   LIST  CHECK  PATTERN  WORDS  VALUES…
//
//   LIST    browser, os (values: family, major, minor, with $1 for what a group found), crawler or isbot (value: its
//           name). Of each list the first rule that matches wins.
//   CHECK   word: one of the words in the lower-case text is the match; text: PATTERN, letter for letter;
//           regex: PATTERN in RE2's dialect, over bytes
//   WORDS   separated by U+001F, lower case: without one of them in the lower-case text the rule cannot match.
//           Empty: it must always be tried.
//
// uap-core's device_parsers are left out: they name makes and models, and a row has only the class of a device. So are
// its rules that guess the name of any crawler: the other two lists know crawlers better, and what remains of uap-core
// tells which browser a crawler runs.
import { readFileSync, writeFileSync } from 'node:fs'
import { list } from 'isbot'
import { load } from 'js-yaml'
import { literalOf, parse, Unconvertible, withoutBoundsForBacktracking, withoutLookarounds, wordsOf } from './regex.js'

// Every rule of uap-core 0.18.0, crawler-user-agents 1.60.0 and isbot 5.2.3 converts. A new version that brings one
// which does not stops the build here, for a person to decide.
const unconvertedMax = 0

const out = process.argv[2]
const read = (path) => readFileSync(new URL(`../../node_modules/${path}`, import.meta.url), 'utf8')
const version = (name) => `${name} ${JSON.parse(read(`${name}/package.json`)).version}`

// Nearly every browser says these, so that they tell rules apart badly.
const commonText =
  'mozilla/5.0 (windows nt 10.0; win64; x64) (macintosh; intel mac os x 10_15_7) (x11; linux x86_64) (linux; android 10; k)' +
  ' (iphone; cpu iphone os 17_0 like mac os x) applewebkit/537.36 (khtml, like gecko) version/ chrome/120.0.0.0 mobile safari/537.36 build/'

function rarity(word) {
  if (commonText.includes(word)) return word.length > 2 ? 0.5 + word.length / 100 : 0
  if (word.length > 2) return word.length
  if (/[^a-z0-9 ]/.test(word)) return word.length
  return word.length === 2 ? 0.4 : 0
}

const lines = []
const unconverted = []

function addRule(list, source, ignoreCase, values) {
  try {
    const words = wordsOf(source, rarity) ?? []
    const literal = literalOf(source)
    const check = literal === null ? 'regex' : ignoreCase ? 'word' : 'text'
    const pattern = check === 'word' ? '' : (literal ?? (ignoreCase ? '(?i)' : '') + withoutBoundsForBacktracking(withoutLookarounds(source)))
    const checkedWords = check === 'word' ? [literal.toLowerCase()] : words
    // RE2 is told to read bytes, and words are compared in ASCII lower case.
    if (/[^\x20-\x7e]/.test(pattern + checkedWords.join(''))) throw new Unconvertible(`other than plain ASCII: ${source}`)
    lines.push([list, check, pattern, checkedWords.join('\x1f'), ...values].join('\t'))
  } catch (problem) {
    if (!(problem instanceof Unconvertible)) throw problem
    unconverted.push(`${list}: ${problem.message}`)
  }
}

// What a group found, or nothing when the expression has no such group (uap-core's specification, "default").
function template(replacement, group, groups) {
  if (replacement !== undefined && replacement !== null) return String(replacement).trim()
  return group <= groups ? `$${group}` : ''
}

function addParsers(list, rules, names) {
  for (const rule of rules) {
    let groups = 0
    try {
      groups = parse(rule.regex).groups
    } catch {
      // addRule reports it.
    }
    addRule(list, rule.regex, false, names.map((name, i) => template(rule[name], i + 1, groups)))
  }
}

// The name of a crawler is what its pattern finds in the example the list gives. A few patterns find something else
// than a name there.
const crawlerNames = {
  'yandex\\.com\\/bots': 'YandexBot',
  'pinterest\\.com\\/bot': 'Pinterestbot',
  'Slurp': 'Yahoo! Slurp',
  'developers\\.google\\.com\\/\\+\\/web\\/snippet': 'Google+ snippet',
  'https:\\/\\/developers\\.cloudflare\\.com\\/security-center\\/': 'Cloudflare Security Center',
}

function crawlerName({ pattern, instances }) {
  if (crawlerNames[pattern]) return crawlerNames[pattern]
  const finds = instances.map((text) => new RegExp(pattern).exec(text)?.[0]).filter((text) => text)
  const find = finds.find((text) => /[A-Z]/.test(text)) ?? finds[0] ?? pattern
  const found = literalOf(pattern) ?? find.replace(/(?<=\w)[/;].*/, '')
  return found.replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9)!]+$/g, '').replace(/^([^(]*)\)$/, '$1')
}

// What to call a rule of isbot: the word it looks for, unless it describes a form.
const formOfText = 'unlike a browser'
function isbotName(pattern) {
  const word = wordsOf(pattern, rarity)?.[0]?.replace(/^[^a-z0-9.]+|[^a-z0-9]+$/g, '') ?? ''
  return /[a-z]/.test(word) && word.length > 1 && rarity(word) >= 1 ? word : formOfText
}

// What uap-core takes for something else: asked first.
const browsersFirst = [
  // Its rule for the Phantom wallet matches any "android" followed by a number.
  { regex: '(Ecosia) (?:android|ios)@(\\d+)\\.(\\d+)' },
  // Safari with a name at the end.
  { regex: ' (Ddg)/(\\d+)\\.(\\d+)', family_replacement: 'DuckDuckGo' },
  // Some versions have no minor number.
  { regex: '(FxiOS)/(\\d+)(?:\\.(\\d+)|)', family_replacement: 'Firefox iOS' },
  { regex: '(HuaweiBrowser)/(\\d+)\\.(\\d+)', family_replacement: 'Huawei Browser' },
  { regex: '(HeyTapBrowser)/(\\d+)\\.(\\d+)', family_replacement: 'HeyTap Browser' },
  { regex: '(VivoBrowser)/(\\d+)\\.(\\d+)', family_replacement: 'Vivo Browser' },
  // Apps that show pages themselves.
  { regex: '(MicroMessenger)/(\\d+)\\.(\\d+)', family_replacement: 'WeChat' },
  { regex: '(Barcelona) (\\d+)\\.(\\d+)', family_replacement: 'Threads' },
  { regex: '(BytedanceWebview|musical_ly|trill_\\d)', family_replacement: 'TikTok' },
  { regex: '(LinkedInApp)', family_replacement: 'LinkedIn' },
]
const systemsFirst = [
  { regex: '(OpenHarmony|HarmonyOS)(?:[ /](\\d+)(?:\\.(\\d+)|)|)', os_replacement: 'HarmonyOS' },
  { regex: '(?:PlayStation|PLAYSTATION) ?(\\d|Vita|Portable)', os_replacement: 'PlayStation', os_v1_replacement: '$1' },
  { regex: '(Nintendo (?:Switch|3DS|WiiU|Wii))' },
]

const crawlerGuesses = ['^.{0,200}?', '(CSimpleSpider|', '\\b(008|Altresium|', '/((?:Ant-|)Nutch|']
const isCrawlerGuess = ({ regex }) => crawlerGuesses.some((start) => regex.startsWith(start))

const uap = load(read('uap-core/regexes.yaml'))
addParsers('browser', [...browsersFirst, ...uap.user_agent_parsers.filter((rule) => !isCrawlerGuess(rule))], ['family_replacement', 'v1_replacement', 'v2_replacement'])
addParsers('os', [...systemsFirst, ...uap.os_parsers], ['os_replacement', 'os_v1_replacement', 'os_v2_replacement'])

for (const crawler of JSON.parse(read('crawler-user-agents/crawler-user-agents.json'))) {
  addRule('crawler', crawler.pattern, false, [crawlerName(crawler)])
}

// A word tells more than a form, and the order is ours to choose.
const namedPatterns = list.map((pattern) => ({ pattern, name: isbotName(pattern) }))
namedPatterns.sort((a, b) => Number(a.name === formOfText) - Number(b.name === formOfText))
for (const { pattern, name } of namedPatterns) addRule('isbot', pattern, true, [name])

if (unconverted.length > unconvertedMax) {
  console.error(`${unconverted.length} rules could not be converted, ${unconvertedMax} may be:`)
  for (const one of unconverted) console.error(`  ${one}`)
  process.exit(1)
}
const header = [version('uap-core'), version('isbot'), version('crawler-user-agents')].join(', ')
writeFileSync(out, `${header}\n${lines.join('\n')}\n`)
