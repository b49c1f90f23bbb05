import { beforeEach, describe, expect, it } from "vitest";
import type { Container } from "../../../src/api/index.ts";
import { type Bench, bench } from "../containers.ts";

let at: Bench;
beforeEach(() => {
  at = bench();
  at.run({
    name: "box",
    image: "busybox",
    container: { command: ["sleep", "infinity"] },
    env: { GREETING: "hello world" },
  });
});

describe("sh -c", () => {
  const rows: readonly (readonly [script: string, output: string])[] = [
    ["echo one two", "one two\n"],
    ["echo 'a  b' \"c  d\" e\\ f", "a  b c  d e f\n"],
    [`echo $GREETING \${GREETING} '$GREETING' "$GREETING"`, "hello world hello world $GREETING hello world\n"],
    [`echo \${NONE:-fallback}$NONE.`, "fallback.\n"],
    ["false || echo rescued; true && echo going on", "rescued\ngoing on\n"],
    ["false && echo never; echo $?", "1\n"],
    ["exit 3; echo never", "[3]"],
    ["X=5; Y=$X; echo $Y", "5\n"],
    ["echo a > /tmp/f; echo b >> /tmp/f; cat /tmp/f", "a\nb\n"],
    ["echo lost > /dev/null; echo kept", "kept\n"],
    ["cat /none 2>&1 | wc -l; echo gone > /dev/null 2>&1", "1\n"],
    ["echo told >&2 | wc -l; echo told 1>&2", "0\ntold\ntold\n"],
    ["printf 'a\\nb\\nab\\n' | grep a | wc -l", "2\n"],
    ["printf '1\\n2\\n3\\n' | tail -n 1; seq 3 | head -1", "3\n1\n"],
    ["for i in 1 2 3; do echo n$i; done", "n1\nn2\nn3\n"],
    ["for i in $(seq 2); do echo $i; done", "1\n2\n"],
    ["if [ -f /etc/resolv.conf ]; then echo there; else echo gone; fi", "there\n"],
    ["touch d/f; [ -d d ] && [ -e d ] && [ -d /tmp/ ] && [ ! -d d/f ] && [ ! -f d ] && echo right", "right\n"],
    ['if test "$GREETING" = x; then echo yes; else echo no; fi', "no\n"],
    ["test $GREETING = x; echo $?", "2\nsh: test: world: unexpected operator\n"],
    ["until [ -f /tmp/x ]; do touch /tmp/x; echo turn; done", "turn\n"],
    ["nonsense", "sh: nonsense: not found\n[127]"],
    ["cat /none", "cat: /none: No such file or directory\n[1]"],
    ["echo 'open", "sh: syntax error: unterminated quoted string\n[2]"],
    ["for i in 1; do echo x", 'sh: syntax error: unexpected end of file (expecting "done")\n[2]'],
    ["hostname; hostname -i", "box\n10.1.0.1\n"],
    ["sleep 2; date", "Mon Jun 12 02:58:02 UTC 2023\n"],
    ["# a remark\necho after", "after\n"],
    ["rm /none; rm -f /none; echo $?", "0\nrm: can't remove '/none': No such file or directory\n"],
    ["apt-get update > /dev/null && apt-get install -y dnsutils > /dev/null && echo installed", "installed\n"],
  ];
  it.each(rows)("%s", (script, output) => expect(at.sh("box", script)).toBe(output));

  const language: readonly (readonly [script: string, output: string])[] = [
    ["! false && echo not", "not\n"],
    ["{ echo a; echo b; } | tail -1", "b\n"],
    ["(X=1; echo $X); echo [$X]", "1\n[]\n"],
    ["X=1 Y=2; X=3 sh -c 'echo $X'; echo $X$Y", "3\n12\n"],
    ["export X=5; sh -c 'echo $X'; unset X; echo [$X]", "5\n[]\n"],
    ["f() { echo $1 $#; return 3; }; f a b; echo $?", "a 2\n3\n"],
    ["set -- a 'b c'; for x; do echo [$x]; done; echo $#", "[a]\n[b c]\n2\n"],
    ["set -- a 'b c'; for x in \"$@\"; do echo [$x]; done; shift; echo $1", "[a]\n[b c]\nb c\n"],
    ["if false; then echo a; elif true; then echo b; else echo c; fi", "b\n"],
    ["case hello.txt in *.md) echo md;; *.txt|*.log) echo text;; *) echo other;; esac", "text\n"],
    ["i=0; while [ $i -lt 3 ]; do i=$((i+1)); [ $i = 2 ] && continue; echo $i; done", "1\n3\n"],
    ["for i in 1 2; do for j in a b; do [ $j = b ] && break 2; echo $i$j; done; done", "1a\n"],
    ["echo $((2 + 3 * 4)) $(( (2+3)*4 )) $((7/2)) $((7%3)) $((1<2)) $((x=5, x+1))", "14 20 3 1 1 6\n"],
    ["echo $(echo a; echo b) `echo c`", "a b c\n"],
    ['echo "$(echo a; echo b)"', "a\nb\n"],
    [
      "X=/a/b.tar.gz; echo ${X##*/} ${X%.*} ${X%%.*} ${X#/} ${#X} ${X/b/c} ${X:1:3}",
      "b.tar.gz /a/b.tar /a/b a/b.tar.gz 11 /a/c.tar.gz a/b\n",
    ],
    ["echo ${A:-x} ${A:=y} $A ${A:+z} ${B+set}.", "x y y z .\n"],
    ["cat <<END\none $((1+1))\ntwo '$HOME'\nEND", "one 2\ntwo '/root'\n"],
    ["cat <<'END'\none $((1+1))\nEND", "one $((1+1))\n"],
    ["printf 'a b\\nc d\\n' | while read x y; do echo $y-$x; done", "b-a\nd-c\n"],
    ["echo 'a:b' > /tmp/f; IFS=: read x y < /tmp/f; echo $y$x", "ba\n"],
    ["echo hi 2>&1 >/dev/null; ls /none 2>/dev/null; echo $?", "1\n"],
    ["{ echo out; echo err >&2; } > /tmp/o 2> /tmp/e; cat /tmp/e /tmp/o", "err\nout\n"],
    ["set -e; false; echo never", "[1]"],
    ["set -e; false || true; if false; then :; fi; echo on", "on\n"],
    ["set -u; echo $NOPE; echo never", "sh: NOPE: parameter not set\n[2]"],
    ["false | true; echo $?; set -o pipefail; false | true; echo $?", "0\n1\n"],
    ["sleep 5 & echo started; wait; date +%S", "started\n05\n"],
    ["(sleep 2; echo late) & sleep 1; kill $!; wait; date +%S", "01\n"],
    ["yes | head -2", "y\ny\n"],
    ["while true; do echo x; done | head -1", "x\n"],
    ["trap 'echo bye' EXIT; echo hi; exit 4", "hi\nbye\n[4]"],
    [
      "cd /etc; pwd; cd ..; echo $PWD; cd - ; cd /none",
      "/etc\n/\n/etc\nsh: cd: can't cd to /none: No such file or directory\n[1]",
    ],
    ["mkdir -p /a/b; cd /a; touch b/c; ls; ls b; [ -d b ] && rm -r b && ls", "b\nc\n"],
    ["cd /tmp; touch x.log y.log z.txt; echo *.log '*.log'; rm *.log; echo *.log", "x.log y.log *.log\n*.log\n"],
    ["eval 'X=1; echo $X'; command -v echo sh nope; type cd", "1\necho\n/usr/bin/sh\ncd is a shell builtin\n"],
    ["while getopts ab:c o -a; do :; done; echo done", "done\n"],
    ["echo 'echo from file $1' > /tmp/s.sh; sh /tmp/s.sh x; . /tmp/s.sh", "from file x\nfrom file\n"],
    ["seq 5000 | while read n; do :; done; i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done; echo $i", "2000\n"],
    ["echo $((1/0)); echo never", "sh: divide by zero\n[2]"],
    ["if then", 'sh: syntax error: unexpected "then"\n[2]'],
    ["echo a; ; echo b", 'sh: syntax error: unexpected ";"\n[2]'],
    ["echo $(echo", 'sh: syntax error: unexpected end of file (expecting ")")\n[2]'],
  ];
  it.each(language)("S4-53 S3-46 %s", (script, output) => expect(at.sh("box", script)).toBe(output));

  const commands: readonly (readonly [script: string, output: string])[] = [
    ["echo -n a; echo -e 'b\\tc'; echo -ne 'd\\n'", "ab\tc\nd\n"],
    ["printf '%s-%03d|%5.1f|%-4s|%x\\n' a 7 3.14159 b 255; printf '%s\\n' 1 2", "a-007|  3.1|b   |ff\n1\n2\n"],
    ["printf 'b\\na\\nb\\n' | sort | uniq -c | sort -rn", "      2 b\n      1 a\n"],
    ["printf '10\\n9\\n' | sort -n; printf 'a 2\\nb 1\\n' | sort -k2 -n", "9\n10\nb 1\na 2\n"],
    ["echo a:b:c | cut -d: -f1,3; echo abcdef | cut -c2-4", "a:c\nbcd\n"],
    [
      "echo Hello | tr a-z A-Z; echo a-b--c | tr -s -; echo a1b2 | tr -d 0-9; echo abc | tr -c 'b\\n' x",
      "HELLO\na-b-c\nab\nxbx\n",
    ],
    ["printf 'a 1\\nb 2\\n' | awk '{print $2, $1}'; echo a:b | awk -F: '{print $2}'", "1 a\n2 b\nb\n"],
    ["printf 'a 1\\nb 2\\nc 3\\n' | awk '$2 > 1 {s += $2} /c/ {print NR\": \"$0} END {print s, NR}'", "3: c 3\n5 3\n"],
    ["printf 'x\\ny\\nx\\n' | awk '{n[$1]++} END {for (k in n) print k, n[k]}' | sort", "x 2\ny 1\n"],
    [
      "echo 'foo bar' | sed 's/o/0/g; s/bar/[&]/'; printf '1\\n2\\n3\\n' | sed -n 2p; printf '1\\n2\\n3\\n' | sed '1d;$d'",
      "f00 [bar]\n2\n2\n",
    ],
    ["echo a > /tmp/f; sed -i 's/a/b/' /tmp/f; cat /tmp/f; echo 'x=1' | sed -E 's/(.)=(.)/\\2=\\1/'", "b\n1=x\n"],
    [
      "printf 'A\\nb\\nab\\n' | grep -i a; printf 'a\\nb\\n' | grep -c .; printf 'ab\\ncd\\n' | grep -nE 'c|x'; echo a1 | grep -o '[0-9]'",
      "A\nab\n2\n2:cd\n1\n",
    ],
    ["printf 'a\\n' | grep -q a && echo yes; printf 'a\\n' | grep -q b || echo no", "yes\nno\n"],
    [
      "printf 'a b\\nc\\n' | wc; printf 'abc' | wc -c; printf '1\\n2\\n3\\n' | head -n 2 | tail -n 1",
      "        2         3         6\n3\n2\n",
    ],
    [
      "printf '1\\n2\\n3\\n' | tail -n +2; printf '1 2\\n3\\n' | xargs echo; printf 'a\\nb\\n' | xargs -I{} echo [{}]",
      "2\n3\n1 2 3\n[a]\n[b]\n",
    ],
    ["seq 3 | tr '\\n' ' '; seq 2 2 6 | tac | head -1; date -d @0 +%F", "1 2 3 6\n1970-01-01\n"],
    [
      "id -u; whoami; uname; uname -n; which curl nope; env | grep GREETING",
      "0\nroot\nLinux\nbox\n/usr/bin/curl\nGREETING=hello world\n",
    ],
    ["A=1 env | grep ^A=; env B=2 sh -c 'echo $B'; hostname -i", "A=1\n2\n10.1.0.1\n"],
    [
      "echo hi | base64; echo aGkK | base64 -d; echo abc | rev; basename /a/b.c .c; dirname /a/b",
      "aGkK\nhi\ncba\nb\n/a\n",
    ],
    ["x=1; f() { local x=2 y=3; echo $x$y; g; }; g() { echo g$x; x=4; }; f; echo $x$y", "23\ng2\n1\n"],
    ["local x", "sh: local: not in a function\n[1]"],
    ["echo $((0x10)) $((010)) $((0xfF+1))", "16 8 256\n"],
    ["seq 5 | awk '/2/,/4/'; seq 6 | awk 'NR==1,NR==2 {print \"r\" $0}'", "2\n3\n4\nr1\nr2\n"],
    [
      "expr 1 + 2 \\* 3; expr abc : 'a\\(.*\\)'; expr length hello; expr 2 '>' 10; echo $?; expr a = a '&' 0; expr 1 +",
      "7\nbc\n5\n0\n1\n0\nexpr: syntax error\n[2]",
    ],
    ["expr a1 : '[[:alpha:]]*'; expr a : '\\('", "1\nexpr: syntax error\n[2]"],
    [
      "echo -n abc | sha256sum | cut -c1-8; echo hi > /tmp/h; md5sum /tmp/h; sha1sum /tmp/h | wc -c",
      "ba7816bf\n764efa883dda1e11db47671c4a3bbd9e  /tmp/h\n49\n",
    ],
    [
      "cd /tmp; seq 5 > a; (seq 1; seq 3 4; echo x; seq 5 6) > b; diff a b; echo $?; diff a a; diff a c; diff -q a b; cmp a b; cmp -s a a && echo same",
      "2d1\n< 2\n4a4\n> x\n5a6\n> 6\n1\nFiles a and b differ\na b differ: char 3, line 2\nsame\ndiff: can't stat 'c': No such file or directory\n",
    ],
    [
      "seq 100000 > a; (echo 0; seq 100000) > b; seq 2 100001 > c; diff a b; diff a c | sed -n 1p; diff a c | wc -l",
      "0a1\n> 0\n1,100000c1,100000\n200002\n",
    ],
    ["seq 3 | paste -sd+; cd /tmp; seq 2 > a; seq 3 > b; paste -d: a b", "1+2+3\n1:1\n2:2\n:3\n"],
    [
      "id -un; id -u; stat -c '%F %s %n' /etc/hostname /tmp; stat -c %F /tmp; ls /none; echo $?",
      "root\n0\nregular file 4 /etc/hostname\ndirectory\n1\nls: /none: No such file or directory\n",
    ],
    [
      "mktemp -u /tmp/xXXXX | wc -c; D=$(mktemp -d); [ -d $D ] && F=$(mktemp -p $D) && [ -f $F ] && echo made",
      "11\nmade\n",
    ],
    ["case x in [z-a]) echo a;; *) echo b;; esac; x=abc; echo ${x#[z-a]} [z-a]*", "b\nabc [z-a]*\n"],
    ["(set -x; echo a 2>&1; ls /none 2>/dev/null)", "a\n+ echo a\n+ ls /none\n[1]"],
    ["echo a | awk '/[/'", "awk: bad regex '['\n[2]"],
    ["echo a | awk '$0 ~ \"(\" {print 1} {print 2}'", "awk: bad regex '('\n[2]"],
    [
      "echo 'a[b' | awk -F'[[' '{print $2}'; echo a1 | awk '{gsub(/[[:digit:]]/, \"x\")} 1'",
      "ax\nawk: bad regex '[['\n",
    ],
    ["seq 9999999999; seq x; seq", "seq: memory exhausted\nseq: invalid number 'x'\nseq: missing operand\n[1]"],
    [
      "echo a | xargs -n 0 echo; ping",
      "xargs: invalid number '0'\nping: usage error: Destination address required\n[1]",
    ],
    ["timeout 2 sleep 5; echo $?; timeout 5 sleep 1; echo $?", "124\n0\n"],
    ["sh -c 'sleep 1; exit 7'; echo $?; [ 3 -gt 2 -a ! -f /none ] && [ -z '' ] && echo ok", "7\nok\n"],
    ["dd if=/dev/zero of=/tmp/z bs=2k count=3; wc -c /tmp/z", "6144 /tmp/z\n3+0 records in\n3+0 records out\n"],
    [
      "printf abcdef | dd bs=2 skip=1 count=1 status=none; dd if=/none; dd bs=x",
      "cddd: can't open '/none': No such file or directory\ndd: invalid number 'x'\n[1]",
    ],
    [
      "printf abcdef >/tmp/f; printf XY | dd of=/tmp/f bs=1 seek=2 conv=notrunc status=none; cat /tmp/f; dd if=/dev/zero",
      "abXYefdd: error writing: No space left on device\n[1]",
    ],
    [
      "dd if=/dev/zero bs=0; dd if=/dev/zero bs=9999999999999999999 count=0; printf a | dd of=/tmp/g seek=9G; dd if=toString count=1",
      "dd: invalid number '0'\ndd: invalid number '9999999999999999999'\ndd: error writing: No space left on device\ndd: can't open 'toString': No such file or directory\n[1]",
    ],
    [
      "sysctl kernel/shm_rmid_forced; sysctl -n net.ipv4.ip_local_port_range; sysctl none.such",
      "kernel.shm_rmid_forced = 0\n32768\t60999\nsysctl: error: '/proc/sys/none/such': No such file or directory\n[1]",
    ],
    [
      "cp /etc/hostname /tmp/h; mv /tmp/h /tmp/i; cat /tmp/i; ls /tmp/h; find /tmp -name i",
      "box\n/tmp/i\nls: /tmp/h: No such file or directory\n",
    ],
    [
      "ifconfig | grep -o 'inet addr:[0-9.]*' | head -1; ip addr | grep -c inet; ps | tail -n +2 | head -1",
      "inet addr:10.1.0.1\n2\n    1 root      0:00 sleep infinity\n",
    ],
  ];
  it.each(commands)("S4-53 %s", (script, output) => expect(at.sh("box", script)).toBe(output));

  it.each<readonly [string, NonNullable<Container["securityContext"]>, string]>([
    ["not", { privileged: false }, "permitted"],
    ["privileged, and", { privileged: true }, "supported"],
    ["given the right, and", { capabilities: { add: ["NET_ADMIN"] } }, "supported"],
  ])("a container that is %s may change links is told so", (what, securityContext, refusal) => {
    at.run({ name: what, image: "busybox", container: { command: ["sleep", "infinity"], securityContext } });
    const told = `ip: RTNETLINK answers: Operation not ${refusal}\n[2]`;
    expect(at.sh(what, "ip link add dummy0 type dummy")).toBe(told);
  });

  it("S4-53 shows which volumes are in memory and which on disk", () => {
    const sources: Readonly<Record<string, object>> = {
      secret: { secret: { secretName: "s" } },
      own: { downwardAPI: { items: [] } },
      memory: { emptyDir: { medium: "Memory" } },
      config: { configMap: { name: "c" } },
      empty: { emptyDir: {} },
    };
    const volumeMounts = Object.keys(sources).map((name) => ({ name, mountPath: `/v/${name}` }));
    const volumes = Object.entries(sources).map(([name, source]) => ({ name, ...source }));
    const container = { command: ["sleep", "infinity"], volumeMounts };
    at.run({ name: "mounted", image: "busybox", container, spec: { volumes } });
    expect(at.sh("mounted", "mount | grep /v/ | cut -d' ' -f1-5")).toBe(
      ["tmpfs on /v/secret", "tmpfs on /v/own", "tmpfs on /v/memory", "/dev/vda1 on /v/config", "/dev/vda1 on /v/empty"]
        .map((line) => `${line} type ${line.startsWith("tmpfs") ? "tmpfs" : "ext4"}\n`)
        .join(""),
    );
    expect(at.sh("mounted", "mount -t tmpfs | wc -l; mount /dev/x /y")).toBe(
      "4\nmount: permission denied (are you root?)\n[1]",
    );
  });

  it("S4-53 follows a file with tail -f until it is ended", () => {
    expect(
      at.sh(
        "box",
        "echo a > /tmp/log; tail -f /tmp/log & sleep 1; echo b >> /tmp/log; sleep 3; kill $!; wait; echo end",
      ),
    ).toBe("a\nb\nend\n");
  });

  it("hears SIGTERM through its trap, as an entry point does that waits for its children", () => {
    const script = "trap 'echo leaving; exit 0' TERM; sleep infinity & wait";
    const entry = at.run({ name: "entry", image: "busybox", container: { command: ["sh", "-c", script] } });
    at.advance(1000);
    entry.stop(30_000);
    at.advance(0);
    expect(entry.exits).toEqual([0]);
    expect(at.network.log({ cluster: "c1", namespace: "default", pod: "entry" })?.text).toBe("leaving\n");
  });

  it("goes round in a loop as time passes", () => {
    const loop = at.run({
      name: "loop",
      image: "busybox",
      container: { command: ["sh", "-c", "while true; do echo 'Log message'; sleep 10; done"] },
    });
    at.advance(35_000);
    expect(at.network.log({ cluster: "c1", namespace: "default", pod: "loop" })?.text).toBe("Log message\n".repeat(4));
    expect(loop.exits).toEqual([]);
  });

  it("does not stop the world in a loop that takes no time", () => {
    at.run({ name: "busy", image: "busybox", container: { command: ["sh", "-c", "while true; do true; done"] } });
    at.advance(50);
    expect(at.loop.idle).toBe(true);
  });
});

describe("a shell without a script", () => {
  it("S4-52 runs the lines written to it, and ends with its input", () => {
    const told: string[] = [];
    const codes: number[] = [];
    const started = at.network.exec(
      { cluster: "c1", namespace: "default", pod: "box" },
      {
        argv: ["bash"],
        output: { stdout: (text) => void told.push(text), stderr: (text) => void told.push(text) },
        onExit: (code) => void codes.push(code),
      },
    );
    if (typeof started === "string") throw new Error(started);
    started.write("echo fi");
    started.write("rst\nX=2\n");
    started.write("echo second $X\nfalse\n");
    started.closeInput();
    at.advance(0);
    expect(told).toEqual(["first\n", "second 2\n"]);
    expect(codes).toEqual([1]);
  });

  it("S4-52 keeps a container alive whose input is kept open, and ends at once otherwise", () => {
    const open = at.run({ name: "btg", image: "ubuntu:18.04", container: { stdin: true } });
    const closed = at.run({ name: "gone", image: "ubuntu:18.04" });
    at.advance(0);
    expect([open.exits, closed.exits]).toEqual([[], [0]]);
    const attached = at.network.attachTo({ cluster: "c1", namespace: "default", pod: "btg" });
    attached?.write("echo typed\nexit 4\n");
    at.advance(0);
    expect(at.network.log({ cluster: "c1", namespace: "default", pod: "btg" })?.text).toBe("typed\n");
    expect(open.exits).toEqual([4]);
  });
});
