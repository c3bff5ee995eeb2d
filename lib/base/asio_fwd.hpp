#pragma once

namespace boost::asio {
}

namespace aloft {

namespace asio = boost::asio;

}
