/* SPDX-License-Identifier: Apache-2.0 */
/* The packaged HTTP/1.1 parser. It has an enum http_method too, which gets out of the way of ours here. */
#ifndef KEELSON_IO_HTTP1_PARSER_H
#define KEELSON_IO_HTTP1_PARSER_H

#define http_method http_parser_method
#include <http_parser.h>
#undef http_method

#endif
