// The compiled part of Beast (its HTTP parser and fields), once.
#include <boost/beast/src.hpp>
