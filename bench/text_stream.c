// SPDX-License-Identifier: GPL-2.0-or-later
#include "text_stream.h"

#include <errno.h>
#include <stdlib.h>

int text_stream_open(struct text_stream *stream)
{
	stream->text = NULL;
	stream->f = open_memstream(&stream->text, &stream->length);
	return stream->f ? 0 : -ENOMEM;
}

char *text_stream_close(struct text_stream *stream)
{
	if (!fclose(stream->f))
		return stream->text;
	free(stream->text);
	return NULL;
}
