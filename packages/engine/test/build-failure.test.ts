import { beginningStep, buildFailure } from '../src/build-failure.ts';

const output = `#5 [1/3] FROM docker.io/library/web:1
#5 CACHED

#7 [3/3] RUN echo failing here >&2; exit 3
#7 0.365 failing here
#7 ERROR: process "/bin/sh -c echo failing here >&2; exit 3" did not complete successfully: exit code: 3
------
 > [3/3] RUN echo failing here >&2; exit 3:
0.365 failing here
------
Dockerfile:3

--------------------

   2 |     RUN echo one

   3 | >>> RUN echo failing here >&2; exit 3

   4 |

--------------------

failed to solve: process "/bin/sh -c echo failing here >&2; exit 3" did not complete successfully: exit code: 3
`;

test('of a failed build, the step is shown with its output, its place and the reason, each once', () => {
  expect(buildFailure(output)).toBe(`[3/3] RUN echo failing here >&2; exit 3:
0.365 failing here
Dockerfile:3
   2 |     RUN echo one
   3 | >>> RUN echo failing here >&2; exit 3
   4 |
failed to solve: process "/bin/sh -c echo failing here >&2; exit 3" did not complete successfully: exit code: 3`);
});

test('other output has no failed step', () => {
  expect(buildFailure('unable to prepare context: path "x" not found\n')).toBeUndefined();
});

test.each([
  ['#7 [3/3] RUN make', '[3/3] RUN make'],
  ['#12 [build 2/4] COPY . .', '[build 2/4] COPY . .'],
  ['#2 [internal] load build definition from Dockerfile', undefined],
  ['#7 0.365 [3/3] RUN printed by the step', undefined],
  ['#7 DONE 0.4s', undefined],
])('the line %s begins the step %s', (line, step) => {
  expect(beginningStep(line)).toBe(step);
});
