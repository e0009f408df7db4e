/** A recorded history, played again: of the laboratory, or of this page. */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { useAction } from '../action.ts';
import { ActionNote } from '../action-note.ts';
import { type Recording, recordingOf } from './recording.ts';
import { historyIn } from './replay-file.ts';
import { ReplayPlayer } from './replay-player.ts';

interface Opened {
  readonly name: string;
  readonly recording: Recording;
}

export function ReplayView(): VNode {
  const [opened, setOpened] = useState<Opened | undefined>(undefined);
  const action = useAction();
  const open = (name: string, file: () => Promise<Blob>) =>
    void action.run(async () => {
      const history = await historyIn(await file());
      if (history.operations.length === 0) throw new Error('there are no operations in it');
      setOpened({ name, recording: recordingOf(history) });
      return '';
    });
  const openFile = (file: File | undefined) => {
    if (file !== undefined) open(file.name, async () => file);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    openFile(event.dataTransfer?.files[0]);
  };
  const onChange = (event: Event) => openFile((event.currentTarget as HTMLInputElement).files?.[0]);
  return html`
    <div class="replay" onDragOver=${(event: DragEvent) => event.preventDefault()} onDrop=${onDrop}>
      <section class="card" aria-labelledby="recorded">
        <h2 id="recorded">A recorded history</h2>
        <p>
          Each run of the laboratory (<code>npm run lab -- E3</code>) keeps what its clients asked and heard, as <code>NAME.history.jsonl.gz</code>.
          Open one, or drop it here: it stays in this page.
        </p>
        <div class="row">
          <label class="file">File <input type="file" accept=".gz,.jsonl,.ndjson" onChange=${onChange} /></label>
          <button type="button" class="plain" disabled=${action.busy} onClick=${() => open('an example', exampleFile)}>Open an example</button>
        </div>
        <${ActionNote} action=${action} />
      </section>
      ${opened !== undefined && html`<${ReplayPlayer} key=${opened.name} name=${opened.name} recording=${opened.recording} />`}
    </div>
  `;
}

/** A run of the laboratory that came with the page; loaded when somebody wants it. */
async function exampleFile(): Promise<Blob> {
  const { default: text } = await import('./example.history.jsonl');
  return new Blob([text]);
}
