import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';
import type { Problem } from './problem.ts';

interface Props {
  problem: Problem;
  /** What can be done about it. */
  children?: ComponentChildren;
  /** The answer to a click: it must be seen, wherever the page is scrolled to. */
  comesIntoView?: boolean;
}

/** A refusal as a person reads it: what, why, every fault, and the codes that support asks for. */
export function ProblemBox({ problem, children, comesIntoView = false }: Props) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (comesIntoView) box.current?.scrollIntoView({ block: 'nearest' });
  }, [problem]);
  const { title, detail, code, errors = [], requestId } = problem;
  return (
    <div ref={box} class="problem" role="alert">
      <Icon name="alert" />
      <div class="problem-text">
        <strong>{title}</strong>
        {detail && <p>{detail}</p>}
        {errors.length > 0 && (
          <ul>
            {errors.map((fault) => (
              <li key={`${fault.pointer} ${fault.code} ${fault.message}`}>
                {fault.message}
                {fault.pointer && <code>{fault.pointer}</code>}
              </li>
            ))}
          </ul>
        )}
        {children && <div class="buttons">{children}</div>}
        <p class="small muted">
          <code>{code}</code>
          {requestId && <> · request {requestId}</>}
        </p>
      </div>
    </div>
  );
}
