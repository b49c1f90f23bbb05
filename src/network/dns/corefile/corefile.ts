import { type Place, parseError, wrongCount } from "./config-error.ts";
import { corefileTokens, type Token } from "./tokens.ts";

/** A line of words inside a directive's braces. */
export type CorefileLine = Place & { readonly words: readonly string[] };

/** One use of a directive: `cache 30 { … }` has the argument `30` and its lines in the body. */
export type Directive = Place & {
  readonly name: string;
  readonly args: readonly string[];
  readonly body: readonly CorefileLine[];
  /** Where its last word or brace stands. */
  readonly end: Place;
};

/** A server block: what it answers for (`.:53`), and its directives in the order they stand. */
export type CorefileBlock = { readonly keys: readonly string[]; readonly directives: readonly Directive[] };

/** What reading a Corefile needs from around it. */
export type CorefileSources = {
  readonly path: string;
  /** The directives compiled in; any other is unknown. */
  readonly known: ReadonlySet<string>;
  readonly readFile: (path: string) => string | undefined;
  readonly variable: (name: string) => string | undefined;
};

/** Bounds the imports of one Corefile, so that snippets importing each other end. */
const IMPORTS_MAX = 10_000;

/** Reads a Corefile as caddy does, imports, snippets and `{$NAME}` included. Throws a ConfigError. */
export function parseCorefile(text: string, sources: CorefileSources): readonly CorefileBlock[] {
  return new Parser(corefileTokens(sources.path, text), sources).blocks();
}

/** Walks the tokens; an import is replaced by what it imports where it stands. */
class Parser {
  readonly #tokens: Token[];
  readonly #sources: CorefileSources;
  readonly #snippets = new Map<string, readonly Token[]>();
  #at = 0;
  #imports = 0;

  constructor(tokens: readonly Token[], sources: CorefileSources) {
    this.#tokens = [...tokens];
    this.#sources = sources;
  }

  blocks(): readonly CorefileBlock[] {
    const blocks: CorefileBlock[] = [];
    while (this.#at < this.#tokens.length) {
      const keys = this.#keys();
      const [key = ""] = keys;
      if (keys.length === 1 && key.startsWith("(") && key.endsWith(")")) this.#snippet(key.slice(1, -1));
      else {
        // A block without a key is read, and serves nobody.
        const directives = this.#directives();
        if (keys.length > 0) blocks.push({ keys, directives });
      }
    }
    return blocks;
  }

  #text(): string {
    return this.#expand(this.#tokens[this.#at]?.text ?? "");
  }

  #place(): Place {
    return this.#tokens[this.#at] ?? this.#tokens.at(-1) ?? { file: this.#sources.path, line: 0 };
  }

  #placeBefore(): Place {
    return placeOf(this.#tokens[this.#at - 1] ?? this.#place());
  }

  /** Whether the token begins a line. */
  #isNewLine(at: number = this.#at): boolean {
    const token = this.#tokens[at];
    const before = this.#tokens[at - 1];
    if (token === undefined || before === undefined) return true;
    return before.file !== token.file || before.line + before.text.split("\n").length - 1 < token.line;
  }

  #keys(): string[] {
    const keys: string[] = [];
    let expectsAnother = false;
    for (;;) {
      const text = this.#text();
      if (text === "import" && this.#isNewLine()) {
        this.#import();
        continue;
      }
      if (text === "{") {
        if (expectsAnother)
          throw parseError(this.#place(), "Expected another address but had '{' - check for extra comma");
        return keys;
      }
      expectsAnother = text.endsWith(",");
      if (text !== "") keys.push(expectsAnother ? text.slice(0, -1) : text);
      this.#at++;
      if (this.#at >= this.#tokens.length) {
        if (expectsAnother) throw parseError(this.#place(), "Unexpected EOF");
        return keys;
      }
      if (!expectsAnother && this.#isNewLine()) return keys;
    }
  }

  /** A Corefile with a single block needs no braces around it. */
  #directives(): readonly Directive[] {
    const braced = this.#text() === "{";
    if (braced) this.#at++;
    const directives: Directive[] = [];
    while (this.#at < this.#tokens.length) {
      const text = this.#text();
      if (text === "}") {
        this.#at++;
        return directives;
      }
      if (text === "import") this.#import();
      else directives.push(this.#directive());
    }
    if (braced) {
      const { file, line } = this.#place();
      throw parseError({ file, line }, "Unexpected EOF");
    }
    return directives;
  }

  #directive(): Directive {
    const { file, line } = this.#place();
    const name = this.#text();
    if (!this.#sources.known.has(name)) throw parseError({ file, line }, `Unknown directive '${name}'`);
    this.#at++;
    const args = this.#rest();
    const opens = this.#at < this.#tokens.length && this.#text() === "{" && !this.#isNewLine();
    if (!opens) return { name, file, line, args, body: [], end: this.#placeBefore() };
    this.#at++;
    const body = this.#body();
    return { name, file, line, args, body, end: this.#placeBefore() };
  }

  /** The words left on this line, up to an opening brace. */
  #rest(): string[] {
    const words: string[] = [];
    while (this.#at < this.#tokens.length && !this.#isNewLine() && this.#text() !== "{") {
      if (this.#text() === "}") throw parseError(this.#place(), "Unexpected '}' because no matching opening brace");
      words.push(this.#text());
      this.#at++;
    }
    return words;
  }

  #body(): readonly CorefileLine[] {
    const lines: { file: string; line: number; words: string[] }[] = [];
    let depth = 1;
    while (this.#at < this.#tokens.length) {
      const text = this.#text();
      const newLine = this.#isNewLine();
      if (text === "import" && newLine) {
        this.#import();
        continue;
      }
      if (text === "{") depth++;
      if (text === "}") depth--;
      // A brace that ends the block on the line of its last words is read as one of them, as caddy does.
      const closes = depth === 0;
      if (!closes || (!newLine && lines.length > 0)) {
        if (newLine || lines.length === 0) lines.push({ ...placeOf(this.#place()), words: [] });
        lines.at(-1)?.words.push(text);
      }
      this.#at++;
      if (closes) return lines;
    }
    throw parseError(this.#place(), "Unexpected EOF");
  }

  #snippet(name: string): void {
    if (this.#snippets.has(name))
      throw parseError(this.#place(), `redeclaration of previously declared snippet ${name}`);
    if (this.#text() !== "{") throw parseError(this.#place(), `Unexpected token '${this.#text()}', expecting '{'`);
    const from = ++this.#at;
    for (let depth = 1; depth > 0; this.#at++) {
      if (this.#at >= this.#tokens.length) throw parseError(this.#place(), "Unexpected EOF");
      const text = this.#tokens[this.#at]?.text;
      if (text === "{") depth++;
      if (text === "}") depth--;
    }
    this.#snippets.set(name, this.#tokens.slice(from, this.#at - 1));
  }

  /** Puts a snippet or a file in the place of `import NAME`. */
  #import(): void {
    const place = this.#place();
    const wanted = this.#isNewLine(this.#at + 1) ? undefined : this.#tokens[this.#at + 1];
    if (wanted === undefined) throw wrongCount(place, "import");
    if (!this.#isNewLine(this.#at + 2) && this.#tokens[this.#at + 2]?.text !== "}")
      throw parseError(place, "Import takes only one argument (glob pattern or file)");
    if (++this.#imports > IMPORTS_MAX)
      throw parseError(place, `maximum snippet import depth (${IMPORTS_MAX}) exceeded`);
    const name = this.#expand(wanted.text);
    const imported = this.#snippets.get(name) ?? this.#importedFile(name, place);
    this.#tokens.splice(this.#at, 2, ...imported);
  }

  #importedFile(name: string, place: Place): readonly Token[] {
    const path = name.startsWith("/") ? name : `${place.file.replace(/[^/]*$/, "")}${name}`;
    const text = this.#sources.readFile(path);
    if (text === undefined) throw parseError(place, `File to import not found: ${name}`);
    return corefileTokens(path, text);
  }

  #expand(text: string): string {
    return text.replace(/\{%([^%}]+)%\}|\{\$([^}]+)\}/g, (_, windows?: string, unix?: string) => {
      return this.#sources.variable(windows ?? unix ?? "") ?? "";
    });
  }
}

function placeOf({ file, line }: Place): Place {
  return { file, line };
}
