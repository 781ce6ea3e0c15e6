import { render } from 'preact';
import { App } from './app.tsx';
import './styles/base.css';
import './styles/controls.css';
import './styles/upload.css';
import './styles/import.css';
import './styles/history.css';

// A file that misses the drop zone must not replace the page.
for (const type of ['dragover', 'drop']) window.addEventListener(type, (event) => event.preventDefault());

render(<App />, document.getElementById('app') as HTMLElement);
