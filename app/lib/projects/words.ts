import type { Component } from 'svelte';
import Calendar from '@lucide/svelte/icons/calendar-days';
import Folder from '@lucide/svelte/icons/folder';
import Layers from '@lucide/svelte/icons/layers';
import Megaphone from '@lucide/svelte/icons/megaphone';
import Tag from '@lucide/svelte/icons/tag';
import type { ProjectType } from '#shared/projects/project.ts';

type Icon = Component<{ size?: number; strokeWidth?: number; 'aria-hidden'?: 'true' }>;

/** How a kind of project is called and drawn. */
export const typeWords: Record<ProjectType, { name: string; hint: string; icon: Icon }> = {
	campaign: { name: 'Campaign', hint: 'Everything for one purpose', icon: Megaphone as Icon },
	brand: { name: 'Brand', hint: 'Everything for one client', icon: Tag as Icon },
	series: { name: 'Series', hint: 'What comes again: a season, a tour', icon: Layers as Icon },
	folder: { name: 'Folder', hint: 'Whatever belongs together', icon: Folder as Icon },
	event: { name: 'Event', hint: 'One occasion, with its photos', icon: Calendar as Icon }
};

/** From the widest to the narrowest. */
export const typeOrder: ProjectType[] = ['campaign', 'brand', 'series', 'folder', 'event'];
