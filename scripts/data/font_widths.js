// Writes how wide each character of the badges' font is, as runs of characters of one width, for domain/text_width.cc.
//
//   node scripts/data/font_widths.js OUTPUT REGULAR.ttf BOLD.ttf

import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import opentype from 'opentype.js';

export const readFont = (file) => {
  const bytes = readFileSync(file);
  return opentype.parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};

// [first, last, width], ascending; characters that the font lacks are left out.
export const widthRuns = (font) => {
  const characters = Object.keys(font.tables.cmap.glyphIndexMap).map(Number).sort((a, b) => a - b);
  const runs = [];
  for (const character of characters) {
    const width = font.glyphs.get(font.tables.cmap.glyphIndexMap[character]).advanceWidth;
    const run = runs.at(-1);
    if (run && run[1] === character - 1 && run[2] === width) run[1] = character;
    else runs.push([character, character, width]);
  }
  return runs;
};

const table = (name, runs) =>
  `constexpr std::array<WidthRun, ${runs.length}> ${name}{{\n`
  + runs.map(([first, last, width]) => `{0x${first.toString(16)}, 0x${last.toString(16)}, ${width}},`).join('\n') + '\n}};\n';

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [output, ...files] = process.argv.slice(2);
  const [regular, bold] = files.map(readFont);
  if (regular.unitsPerEm !== bold.unitsPerEm) throw new Error('the two fonts are drawn in different units');
  writeFileSync(output, `// Made by scripts/data/font_widths.js.\nconstexpr double units_per_em = ${regular.unitsPerEm};\n`
    + table('regular_runs', widthRuns(regular)) + table('bold_runs', widthRuns(bold)));
}
